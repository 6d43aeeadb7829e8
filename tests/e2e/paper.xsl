<?xml version="1.0"?>
<!-- The rows of the tables of a printed paper, a line each: table, row, the texts of its cells. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
	<xsl:output method="text" encoding="UTF-8"/>
	<xsl:template match="/">
		<xsl:for-each select="//table/tbody/tr">
			<xsl:value-of select="concat(../../@data-table, '|', @data-row)"/>
			<xsl:for-each select="td">
				<xsl:value-of select="concat('|', .)"/>
			</xsl:for-each>
			<xsl:text>&#10;</xsl:text>
		</xsl:for-each>
	</xsl:template>
</xsl:stylesheet>
